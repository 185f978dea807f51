//! Names of people, and the way back from an address to the person's number.
//! Knows nobody. Promises that each number has an address of its own.

/// A given name: as it is written, and as it stands in an address.
type Name = (&'static str, &'static str);

const GIVEN: [Name; 64] = [
    ("Anna", "anna"),
    ("Bo", "bo"),
    ("Chloé", "chloe"),
    ("David", "david"),
    ("Elif", "elif"),
    ("Farid", "farid"),
    ("Grace", "grace"),
    ("Hugo", "hugo"),
    ("Ines", "ines"),
    ("Jonas", "jonas"),
    ("Katarzyna", "katarzyna"),
    ("Liam", "liam"),
    ("Mei", "mei"),
    ("Noah", "noah"),
    ("Olga", "olga"),
    ("Pedro", "pedro"),
    ("Quinn", "quinn"),
    ("Rosa", "rosa"),
    ("Sanjay", "sanjay"),
    ("Tove", "tove"),
    ("Uma", "uma"),
    ("Viktor", "viktor"),
    ("Wanda", "wanda"),
    ("Xavier", "xavier"),
    ("Yuki", "yuki"),
    ("Zoë", "zoe"),
    ("Amara", "amara"),
    ("Björn", "bjorn"),
    ("Carmen", "carmen"),
    ("Dmitri", "dmitri"),
    ("Esther", "esther"),
    ("Fatima", "fatima"),
    ("Gustav", "gustav"),
    ("Hana", "hana"),
    ("Isaac", "isaac"),
    ("Jean-Luc", "jean-luc"),
    ("Kofi", "kofi"),
    ("Lena", "lena"),
    ("Marek", "marek"),
    ("Nadia", "nadia"),
    ("Oskar", "oskar"),
    ("Priya", "priya"),
    ("Rafael", "rafael"),
    ("Sofia", "sofia"),
    ("Tomás", "tomas"),
    ("Ursula", "ursula"),
    ("Vera", "vera"),
    ("William", "william"),
    ("Yasmin", "yasmin"),
    ("Zoltan", "zoltan"),
    ("Aiko", "aiko"),
    ("Benoît", "benoit"),
    ("Clara", "clara"),
    ("Deepa", "deepa"),
    ("Emil", "emil"),
    ("Freya", "freya"),
    ("Giulia", "giulia"),
    ("Henrik", "henrik"),
    ("Ivan", "ivan"),
    ("Jasper", "jasper"),
    ("Karin", "karin"),
    ("Luca", "luca"),
    ("Mina", "mina"),
    ("Nils", "nils"),
];

const SURNAMES: [Name; 64] = [
    ("Lee", "lee"),
    ("Kim", "kim"),
    ("Müller", "mueller"),
    ("O'Brien", "o'brien"),
    ("García", "garcia"),
    ("Novak", "novak"),
    ("Smith", "smith"),
    ("Okafor", "okafor"),
    ("Rossi", "rossi"),
    ("Yamada", "yamada"),
    ("Jensen", "jensen"),
    ("Dubois", "dubois"),
    ("Patel", "patel"),
    ("Silva", "silva"),
    ("Weber", "weber"),
    ("Kowalski", "kowalski"),
    ("Haddad", "haddad"),
    ("Ivanova", "ivanova"),
    ("Brown", "brown"),
    ("Nguyen", "nguyen"),
    ("Andersson", "andersson"),
    ("Costa", "costa"),
    ("Moreau", "moreau"),
    ("Schmidt", "schmidt"),
    ("Tanaka", "tanaka"),
    ("Virtanen", "virtanen"),
    ("Jones", "jones"),
    ("Mensah", "mensah"),
    ("Fischer", "fischer"),
    ("Horvat", "horvat"),
    ("Aydin", "aydin"),
    ("Bianchi", "bianchi"),
    ("Clark", "clark"),
    ("de Vries", "devries"),
    ("Eriksen", "eriksen"),
    ("Ferrari", "ferrari"),
    ("Gupta", "gupta"),
    ("Hoang", "hoang"),
    ("Ito", "ito"),
    ("Janssen", "janssen"),
    ("Khan", "khan"),
    ("Lopez", "lopez"),
    ("Meyer", "meyer"),
    ("Nowak", "nowak"),
    ("Olsen", "olsen"),
    ("Pereira", "pereira"),
    ("Quist", "quist"),
    ("Ramos", "ramos"),
    ("Sato", "sato"),
    ("Torres", "torres"),
    ("Ueda", "ueda"),
    ("Vogel", "vogel"),
    ("White", "white"),
    ("Xu", "xu"),
    ("Young", "young"),
    ("Zhang", "zhang"),
    ("Smith-Jones", "smith-jones"),
    ("Bauer", "bauer"),
    ("Cohen", "cohen"),
    ("Diaz", "diaz"),
    ("Evans", "evans"),
    ("Fontaine", "fontaine"),
    ("Green", "green"),
    ("Hansen", "hansen"),
];

const PAIRS: u32 = 64 * 64;
/// Odd, so that multiplying by it is a permutation of the pairs; neighbours in number are strangers in name.
const STEP: u32 = 1597;
/// Its inverse: `STEP * BACK % PAIRS == 1`.
const BACK: u32 = inverse(STEP);

const fn inverse(step: u32) -> u32 {
    let mut back = 1;
    while step * back % PAIRS != 1 {
        back += 2;
    }
    back
}

/// The names of person number `index`.
pub(super) struct Named {
    pub(super) given: &'static str,
    pub(super) surname: &'static str,
    /// Such as `anna.lee` or `anna.lee2`: what stands before the `@`.
    pub(super) local: String,
}

/// Names person number `index`.
pub(super) fn name(index: u32) -> Named {
    let (block, pair) = (index / PAIRS, index % PAIRS * STEP % PAIRS);
    let (given, surname) = (GIVEN[(pair / 64) as usize], SURNAMES[(pair % 64) as usize]);
    let number = if block == 0 { String::new() } else { (block + 1).to_string() };
    Named { given: given.0, surname: surname.0, local: format!("{}.{}{number}", given.1, surname.1) }
}

/// The number of the person with this (lower-case) local part; `separator` stands between the names.
pub(super) fn number(local: &str, separator: char) -> Option<u32> {
    let (given, rest) = local.split_once(separator)?;
    let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
    let (surname, number) = rest.split_at(digits);
    let given = u32::try_from(GIVEN.iter().position(|name| name.1 == given)?).ok()?;
    let surname = u32::try_from(SURNAMES.iter().position(|name| name.1 == surname)?).ok()?;
    let block = if number.is_empty() { 0 } else { number.parse::<u32>().ok()?.checked_sub(1)? };
    block.checked_mul(PAIRS)?.checked_add((given * 64 + surname) * BACK % PAIRS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_number() {
        for index in (0..20_000).chain([999_999]) {
            assert_eq!(number(&name(index).local, '.'), Some(index), "{}", name(index).local);
        }
        assert_eq!(number("nobody.here", '.'), None);
        assert_eq!(number("anna.lee99999999999", '.'), None);
    }
}
