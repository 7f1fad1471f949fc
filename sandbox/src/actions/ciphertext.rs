//! Which key a ciphertext is under: KMS reads that off the ciphertext itself
//! if the caller names none.
//!
//! The layout is the emulator's (`fakecloud_kms::blob`), shaped as AWS's: four
//! bytes, the length of the key's id in eight, the id.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>

/// The id of the key of a ciphertext in base64.
pub fn key_id(text: &str) -> Option<String> {
    let bytes = decode(text)?;
    let length = bytes.get(4..12)?.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    let end = length.checked_add(12).filter(|end| *end <= bytes.len())?;
    String::from_utf8(bytes[12..end].to_vec()).ok()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_read_off_the_head() {
        // 01 02 02 00, length 3, "abc", and something more.
        assert_eq!(key_id("AQICAAAAAAAAAAADYWJjeHl6").as_deref(), Some("abc"));
        assert_eq!(key_id("AQICAAAAAAAAAAD/YWJj"), None);
        assert_eq!(key_id("?"), None);
    }
}
