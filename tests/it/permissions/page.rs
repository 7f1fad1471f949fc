//! docs/permissions.md.
