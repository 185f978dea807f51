//! What SharePoint Online allows one app in one tenant, by the tenant's licences. \[D\]

/// How much one app may do in one tenant. Every request is estimated at two units, as Microsoft does. \[D\]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Resource units in a minute.
    pub units_per_minute: u32,
    /// Resource units in a day, which begins at midnight UTC. \[O\]
    pub units_per_day: u32,
    /// Reads and writes of profiles in five minutes, of all apps together.
    pub profile_calls: u32,
}

impl Allowance {
    /// The allowance of a tenant with so many licences.
    #[must_use]
    pub fn of(licenses: u64) -> Self {
        let step = match licenses {
            0..=1_000 => 1,
            1_001..=5_000 => 2,
            5_001..=15_000 => 3,
            15_001..=50_000 => 4,
            _ => 5,
        };
        Self { units_per_minute: step * 1_250, units_per_day: step * 1_200_000, profile_calls: step * 3_000 }
    }
}

/// What a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Resource units.
    pub units: u32,
    /// Reads and writes of profiles. Whether SharePoint counts those in one `ProcessQuery` singly is not documented; we do.
    /// \[?\]
    pub profile_calls: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { units: 2, profile_calls: 0 }
    }
}
