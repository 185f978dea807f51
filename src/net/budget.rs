//! The arithmetic of the pace: how long a request has to wait so that the allowance is used and not exceeded.
//!
//! Microsoft publishes the allowance, counts it where nobody sees, shares it with other apps, and answers 429 when it is
//! used up. So the rate starts at half of it and climbs to four fifths. A refusal says that less is to be had than was
//! thought: the rate falls to under a half, stays there for ten minutes, and climbs again. Where that fails too, it
//! goes back to where it was, and tries ten minutes later.

use std::collections::VecDeque;
use std::time::Duration;

use super::allowance::{Allowance, Cost};

/// The share of the allowance that a new session begins with.
const FIRST_SHARE: f64 = 0.5;
/// The share that is never exceeded: the rest is for other apps, and for what we estimate wrongly. \[I\]
const MOST_SHARE: f64 = 0.8;
/// The share that is left however often the service refuses.
const LEAST_SHARE: f64 = 0.05;
/// How much the share climbs in a second.
const CLIMB: f64 = 0.01;
/// How long the share stays where a refusal put it: three refusals in half an hour while others use the tenant too.
const HOLD: Duration = Duration::from_secs(600);
/// What a first refusal leaves of the share, and what one leaves that a climb from a held share met.
const FALL: f64 = 0.45;
const STEP_BACK: f64 = 0.9;
/// The allowance of so many seconds may be used at once; Microsoft warns of more. \[D\]
const BURST_SECONDS: f64 = 5.0;

/// A day's units are used up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DayIsOver;

/// What is left of an allowance, and how fast it is used. Times are counted from any fixed moment.
#[derive(Debug)]
pub(super) struct Budget {
    allowance: Allowance,
    share: f64,
    /// Where the share stays, and until when.
    held: Option<(f64, Duration)>,
    units: Bucket,
    profile_calls: Bucket,
    now: Duration,
    last_minute: LastMinute,
    day: u64,
    spent_today: u64,
}

/// The units of the last sixty seconds, second by second.
#[derive(Debug, Default)]
struct LastMinute(VecDeque<(u64, u32)>);

impl LastMinute {
    fn add(&mut self, second: u64, units: u32) {
        match self.0.back_mut() {
            Some((last, sum)) if *last >= second => *sum += units,
            _ => self.0.push_back((second, units)),
        }
        while self.0.front().is_some_and(|(first, _)| first + 60 <= second) {
            self.0.pop_front();
        }
    }

    fn units(&self) -> u32 {
        self.0.iter().map(|(_, units)| units).sum()
    }
}

/// Fills at a rate; may be overdrawn by those who then wait.
#[derive(Debug)]
struct Bucket {
    level: f64,
}

impl Bucket {
    fn fill(&mut self, per_second: f64, seconds: f64) {
        self.level = (self.level + per_second * seconds).min(per_second * BURST_SECONDS);
    }

    /// Seconds to wait for what is taken.
    fn take(&mut self, cost: u32, per_second: f64) -> f64 {
        self.level -= f64::from(cost);
        (-self.level / per_second).max(0.0)
    }
}

impl Budget {
    pub(super) fn new(allowance: Allowance) -> Self {
        let mut budget = Self {
            allowance,
            share: FIRST_SHARE,
            held: None,
            units: Bucket { level: 0.0 },
            profile_calls: Bucket { level: 0.0 },
            now: Duration::ZERO,
            last_minute: LastMinute::default(),
            day: 0,
            spent_today: 0,
        };
        budget.units.fill(budget.units_per_second(), BURST_SECONDS);
        budget.profile_calls.fill(budget.calls_per_second(), BURST_SECONDS);
        budget
    }

    pub(super) fn allow(&mut self, allowance: Allowance) {
        self.allowance = allowance;
    }

    fn units_per_second(&self) -> f64 {
        f64::from(self.allowance.units_per_minute) / 60.0 * self.share
    }

    fn calls_per_second(&self) -> f64 {
        f64::from(self.allowance.profile_calls) / 300.0 * self.share
    }

    /// Pays for a request: how long it has to wait before it may be sent.
    pub(super) fn pay(&mut self, cost: Cost, now: Duration) -> Result<Duration, DayIsOver> {
        let most = u64::from(self.allowance.units_per_day) * 4 / 5;
        if self.spent_today + u64::from(cost.units) > most {
            return Err(DayIsOver);
        }
        self.spent_today += u64::from(cost.units);
        self.go_on(now);
        let units = self.units.take(cost.units, self.units_per_second());
        let calls = self.profile_calls.take(cost.profile_calls, self.calls_per_second());
        let wait = Duration::from_secs_f64(units.max(calls));
        self.last_minute.add((now + wait).as_secs(), cost.units);
        Ok(wait)
    }

    /// What the last minute used of the allowance, in percent.
    pub(super) fn used_percent(&self) -> u32 {
        self.last_minute.units() * 100 / self.allowance.units_per_minute.max(1)
    }

    fn go_on(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.now).as_secs_f64();
        self.now = self.now.max(now);
        self.units.fill(self.units_per_second(), seconds);
        self.profile_calls.fill(self.calls_per_second(), seconds);
        if self.held.is_none_or(|(_, until)| now >= until) {
            self.share = (self.share + CLIMB * seconds).min(MOST_SHARE);
        }
        if self.share >= MOST_SHARE {
            self.held = None;
        }
    }

    /// The service refused. To be called once for all requests that were under way together.
    pub(super) fn refused(&mut self, now: Duration) {
        self.go_on(now);
        let share = match self.held {
            Some((held, until)) if now >= until => held * STEP_BACK,
            _ => self.share * FALL,
        };
        self.share = share.max(LEAST_SHARE);
        self.held = Some((self.share, now + HOLD));
    }

    /// The units that were spent on a day, numbered from 1970, as far as somebody knows. A new day begins with those.
    pub(super) fn begin_day(&mut self, day: u64, spent: u64) {
        let before = if day == self.day { self.spent_today } else { 0 };
        (self.day, self.spent_today) = (day, spent.max(before));
    }

    pub(super) fn today(&self) -> (u64, u64) {
        (self.day, self.spent_today)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "seconds and minutes of a simulation"
    )]

    use super::*;
    use proptest::prelude::*;

    /// A service that counts in windows of a minute, as the practice tenant does, and a caller who always has work.
    struct Service {
        limit: f64,
        window: u64,
        spent: f64,
        closed_until: f64,
    }

    #[derive(Default)]
    struct Seen {
        units: Vec<f64>,
        closings: Vec<f64>,
    }

    /// Lets a caller work for some minutes; `others` is the share of the allowance that other apps take at a second.
    fn simulate(minutes: u64, phase: f64, others: impl Fn(f64) -> f64) -> Seen {
        let allowance = Allowance::of(10_000);
        let mut budget = Budget::new(allowance);
        let mut service =
            Service { limit: f64::from(allowance.units_per_minute), window: 0, spent: 0.0, closed_until: 0.0 };
        let mut seen = Seen::default();
        let mut now = 0.0;
        while now < minutes as f64 * 60.0 {
            now += budget.pay(Cost::default(), Duration::from_secs_f64(now)).unwrap().as_secs_f64();
            now = f64::max(now, service.closed_until);
            let window = ((now + phase) / 60.0) as u64;
            if window != service.window {
                (service.window, service.spent) = (window, 0.0);
            }
            service.spent += 2.0;
            seen.units.resize((now / 60.0) as usize + 1, 0.0);
            *seen.units.last_mut().unwrap() += 2.0;
            if service.spent > service.limit * (1.0 - others(now)) {
                service.closed_until = (window + 1) as f64 * 60.0 - phase + 1.0;
                seen.closings.push(now / 60.0);
                budget.refused(Duration::from_secs_f64(now));
            }
        }
        seen
    }

    #[test]
    fn alone_it_uses_three_quarters_of_the_allowance_from_the_second_minute_on_and_is_never_refused() {
        for phase in [0.0, 17.0, 42.0] {
            let seen = simulate(40, phase, |_| 0.0);
            assert_eq!(seen.closings, [0.0; 0]);
            for (minute, units) in seen.units.iter().enumerate().take(40).skip(1) {
                assert!(*units >= 0.75 * 3_750.0, "minute {minute}: {units}");
            }
        }
    }

    #[test]
    fn beside_others_it_is_refused_less_than_four_times_in_half_an_hour_and_comes_back_within_five_minutes() {
        for phase in [0.0, 17.0, 42.0] {
            let busy = |now: f64| if (300.0..2_100.0).contains(&now) { 0.6 } else { 0.0 };
            let seen = simulate(50, phase, busy);
            assert!((1..4).contains(&seen.closings.len()), "{:?}", seen.closings);
            for (minute, units) in seen.units.iter().enumerate().take(50).skip(40) {
                assert!(*units >= 0.75 * 3_750.0, "minute {minute}: {units}");
            }
        }
    }

    #[test]
    fn what_the_last_minute_used_is_told_in_percent_and_forgotten_a_minute_later() {
        let mut budget = Budget::new(Allowance::of(1));
        assert_eq!(budget.used_percent(), 0);
        let mut now = Duration::ZERO;
        while now < Duration::from_secs(300) {
            now += budget.pay(Cost::default(), now).unwrap();
        }
        assert!((78..=80).contains(&budget.used_percent()), "{}", budget.used_percent());
        budget.pay(Cost::default(), now + Duration::from_secs(61)).unwrap();
        assert_eq!(budget.used_percent(), 0, "2 of 1,250 units");
    }

    #[test]
    fn the_day_ends_at_four_fifths_of_what_it_allows_and_a_new_one_begins_empty() {
        let mut budget = Budget::new(Allowance::of(1));
        budget.begin_day(20_000, 959_999);
        assert_eq!(budget.pay(Cost::default(), Duration::ZERO), Err(DayIsOver));
        budget.begin_day(20_001, 0);
        assert!(budget.pay(Cost::default(), Duration::ZERO).is_ok());
        assert_eq!(budget.today(), (20_001, 2));
    }

    proptest! {
        #[test]
        fn no_minute_costs_more_than_the_allowance(steps in prop::collection::vec((0_u64..3_000, 1_u32..40, 0_u32..50), 1..400)) {
            let allowance = Allowance::of(10_000);
            let mut budget = Budget::new(allowance);
            let (mut now, mut sent) = (Duration::ZERO, Vec::new());
            for (pause, units, profile_calls) in steps {
                now += Duration::from_millis(pause);
                let wait = budget.pay(Cost { units, profile_calls }, now).unwrap();
                sent.push((now + wait, units));
            }
            for (begin, _) in &sent {
                let minute = *begin..*begin + Duration::from_secs(60);
                let spent: u32 = sent.iter().filter(|(at, _)| minute.contains(at)).map(|(_, units)| units).sum();
                prop_assert!(spent <= allowance.units_per_minute, "{spent} from {begin:?} on");
            }
        }
    }
}
