//! What must hold of every snapshot.
