//! Values that were changed, with what stood there before.
//! Knows the clock. Promises the value of today to everybody but those who ask for an older one.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Changed values by key; a key that is not there was never changed.
pub(super) struct Changed<K, V>(HashMap<K, Entry<V>>);

struct Entry<V> {
    now: V,
    at: Instant,
    /// `None` before the first change.
    before: Option<V>,
}

impl<V> Entry<V> {
    fn before(&self, age: Duration) -> Option<&V> {
        if age.is_zero() || self.at.elapsed() >= age { Some(&self.now) } else { self.before.as_ref() }
    }
}

impl<K, V> Default for Changed<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V> Changed<K, V> {
    pub(super) fn set(&mut self, key: K, now: V) {
        let before = self.0.remove(&key).map(|entry| entry.now);
        self.0.insert(key, Entry { now, at: Instant::now(), before });
    }

    /// The value before a change that is younger than `age`; `None` where nothing had been changed.
    pub(super) fn before<Q: Eq + Hash + ?Sized>(&self, key: &Q, age: Duration) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)?.before(age)
    }

    /// Everything that had been changed before.
    pub(super) fn all_before(&self, age: Duration) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().filter_map(move |(key, entry)| Some((key, entry.before(age)?)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
