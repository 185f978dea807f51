//! Makes throw-away RSA keys: tokens and app certificates are RSA in Entra ID, and ring signs with RSA keys but makes none.
//! Knows nobody. Promises a PKCS#8 key of 2048 bits that ring accepts. Never use it for a key that protects something.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use ring::rand::{SecureRandom, SystemRandom};

const EXPONENT: u32 = 65_537;
const PRIME_BYTES: usize = 128;

/// A new key in PKCS#8, or `None` where the system gives no random numbers.
#[must_use]
pub(crate) fn new_key() -> Option<Vec<u8>> {
    let random = SystemRandom::new();
    let one = BigUint::from(1_u8);
    let e = BigUint::from(EXPONENT);
    loop {
        let (p, q) = (prime(&random)?, prime(&random)?);
        if p <= q {
            continue;
        }
        let (p1, q1) = (&p - &one, &q - &one);
        let Some(d) = inverse(&e, &p1.lcm(&q1)) else { continue };
        let Some(q_inverse) = inverse(&q, &p) else { continue };
        let numbers = [BigUint::from(0_u8), &p * &q, e.clone(), d.clone(), p, q, &d % p1, &d % q1, q_inverse];
        return Some(pkcs8(&numbers));
    }
}

/// A random prime whose two highest bits are set, so that the product of two has its full length.
fn prime(random: &SystemRandom) -> Option<BigUint> {
    let small = small_primes();
    loop {
        let mut bytes = [0_u8; PRIME_BYTES];
        random.fill(&mut bytes).ok()?;
        bytes[0] |= 0xC0;
        bytes[PRIME_BYTES - 1] |= 1;
        let start = BigUint::from_bytes_be(&bytes);
        let remainders: Vec<u32> = small.iter().map(|p| (&start % *p).iter_u32_digits().next().unwrap_or(0)).collect();
        for step in (0..2_000_u32).step_by(2) {
            let divisible = small.iter().zip(&remainders).any(|(p, remainder)| (remainder + step) % p == 0);
            let candidate = &start + step;
            if !divisible && (&candidate - 1_u8) % EXPONENT != BigUint::ZERO && is_probable_prime(&candidate) {
                return Some(candidate);
            }
        }
    }
}

fn small_primes() -> Vec<u32> {
    let is_prime = |n: &u32| (3..).step_by(2).take_while(|d| d * d <= *n).all(|d| !u32::is_multiple_of(*n, d));
    (3..4_000).step_by(2).filter(is_prime).collect()
}

/// Miller and Rabin's test with a few fixed bases; enough for keys that live as long as a test.
fn is_probable_prime(n: &BigUint) -> bool {
    let one = BigUint::from(1_u8);
    let less = n - &one;
    let twos = less.trailing_zeros().unwrap_or(0);
    let odd = &less >> twos;
    [2_u8, 3, 5, 7, 11, 13].into_iter().all(|base| {
        let mut x = BigUint::from(base).modpow(&odd, n);
        if x == one || x == less {
            return true;
        }
        (1..twos).any(|_| {
            x = x.modpow(&BigUint::from(2_u8), n);
            x == less
        })
    })
}

fn inverse(value: &BigUint, modulus: &BigUint) -> Option<BigUint> {
    let modulus = BigInt::from(modulus.clone());
    let found = BigInt::from(value.clone()).extended_gcd(&modulus);
    (found.gcd == BigInt::from(1_u8)).then(|| found.x.mod_floor(&modulus))?.to_biguint()
}

/// The algorithm identifier `rsaEncryption` with its NULL parameter.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];

fn pkcs8(numbers: &[BigUint]) -> Vec<u8> {
    let inner: Vec<u8> = numbers.iter().flat_map(integer).collect();
    let key = element(0x04, &element(0x30, &inner));
    element(0x30, &[&integer(&BigUint::ZERO)[..], &RSA_ENCRYPTION[..], &key[..]].concat())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    element(0x02, &bytes)
}

/// A DER element: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_accepts_the_key() {
        let key = new_key().unwrap();
        let pair = ring::signature::RsaKeyPair::from_pkcs8(&key).unwrap();
        assert_eq!(pair.public().modulus_len(), 256);
    }
}
