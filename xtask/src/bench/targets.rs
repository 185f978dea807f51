//! Figures beside their targets: each is printed, and one that is missed makes the command fail.

use serde_json::{Value, json};

use crate::shell::Result;

#[derive(Default)]
pub(super) struct Targets {
    missed: Vec<String>,
    figures: Vec<Value>,
    /// Whether stdout is for a program, and what a reader sees goes to stderr.
    json: bool,
}

impl Targets {
    pub(super) fn for_reader(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    /// All figures so far.
    pub(super) fn figures(&self) -> &[Value] {
        &self.figures
    }

    pub(super) fn most(&mut self, what: &str, figure: f64, target: f64) {
        self.note(what, figure, "at most", target, figure <= target);
    }

    pub(super) fn least(&mut self, what: &str, figure: f64, target: f64) {
        self.note(what, figure, "at least", target, figure >= target);
    }

    fn note(&mut self, what: &str, figure: f64, side: &str, target: f64, met: bool) {
        let line = format!("{what}: {}; target {side} {target}", shown(figure));
        let text = format!("  {line}: {}", if met { "met" } else { "not met" });
        if self.json {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
        self.figures.push(json!({ "what": what.trim(), "figure": figure, "side": side, "target": target, "met": met }));
        if !met {
            self.missed.push(line);
        }
    }

    /// An error that names what was missed.
    pub(super) fn judge(self) -> Result<()> {
        if self.missed.is_empty() {
            Ok(())
        } else {
            Err(format!("short of the target: {}", self.missed.join("; ")).into())
        }
    }
}

/// Enough digits to see on which side of a target a figure is.
fn shown(figure: f64) -> String {
    if figure.fract() == 0.0 || figure.abs() >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.4}") }
}
