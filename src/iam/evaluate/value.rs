//! Values that conditions compare by what they mean: numbers, dates, ranges of addresses.
//!
//! Deliberately absent: texts and ARNs, which patterns compare.

use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// An integer or decimal.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// One of W3C's forms of ISO 8601, or epoch time.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        // A year has four digits, seconds have at most eleven for the next 3,000 years.
        return match text.len() {
            4 => midnight(number.try_into().ok()?, 1, 1),
            12.. => Timestamp::from_millisecond(number).ok(),
            _ => Timestamp::from_second(number).ok(),
        };
    }
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [year, month] => midnight(year.parse().ok()?, month.parse().ok()?, 1),
        [year, month, day] if !text.contains(['T', 't']) => {
            midnight(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => text.parse().ok(),
    }
}

fn midnight(year: i16, month: i8, day: i8) -> Option<Timestamp> {
    Date::new(year, month, day).ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A range of addresses in CIDR notation; without a length, one address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub ip: IpAddr,
    pub length: u32,
}

impl Range {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (ip, length) = match text.split_once('/') {
            Some((ip, length)) => (ip, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let ip = IpAddr::from_str(ip).ok()?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(most);
        (length <= most).then_some(Self { ip, length })
    }

    pub(super) fn contains(self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let shift = 32 - self.length;
                a.to_bits().checked_shr(shift).unwrap_or(0) == b.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let shift = 128 - self.length;
                a.to_bits().checked_shr(shift).unwrap_or(0) == b.to_bits().checked_shr(shift).unwrap_or(0)
            }
            _ => false,
        }
    }
}
