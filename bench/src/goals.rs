//! The figures as a table, each beside what it is to reach.

use std::fmt;

use serde::Serialize;

use crate::load::{Case, Figures, FirstByte, Gaps};

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) figures: Vec<Figures>,
    pub(crate) first_bytes: Vec<FirstByte>,
    pub(crate) gaps: Vec<Gaps>,
    /// Resident memory before the first request.
    pub(crate) idle_bytes: u64,
    pub(crate) binary_bytes: u64,
}

const MEGABYTE: f64 = 1e6;

impl Report {
    /// How many times as dear Patchbay is as a yardstick.
    fn beside(&self, case: Case, yardstick: &str) -> f64 {
        let of = |subject: &str| {
            let mut figures = self.figures.iter();
            figures.find(|figures| figures.case == case && figures.subject == subject)
        };
        match (of("patchbay"), of(yardstick)) {
            (Some(patchbay), Some(yardstick)) => patchbay.beside(yardstick),
            _ => f64::NAN,
        }
    }

    fn best_first_byte(&self, subject: &str) -> f64 {
        self.first_bytes
            .iter()
            .find(|figures| figures.subject == subject)
            .map_or(f64::NAN, |figures| figures.best_us)
    }

    fn gap(&self, subject: &str) -> f64 {
        self.gaps
            .iter()
            .find(|figures| figures.subject == subject)
            .map_or(f64::NAN, |figures| figures.longest_ms)
    }

    /// What was measured, its unit, and the most it may be.
    fn goals(&self) -> [(&'static str, f64, &'static str, f64); 6] {
        [
            (
                "pass-through, CPU beside the bare proxy",
                self.beside(Case::Whole, "bare hyper proxy"),
                "x",
                2.0,
            ),
            (
                "64-chunk stream, CPU beside the parsing proxy",
                self.beside(Case::Stream, "parsing proxy"),
                "x",
                1.0,
            ),
            (
                "time added to the first byte, at its best",
                (self.best_first_byte("patchbay") - self.best_first_byte("mock")) / 1e3,
                "ms",
                0.3,
            ),
            (
                "longest gap between chunks beyond the mock's own",
                self.gap("patchbay") - self.gap("mock"),
                "ms",
                5.0,
            ),
            (
                "binary on disk",
                self.binary_bytes as f64 / MEGABYTE,
                "MB",
                25.0,
            ),
            (
                "resident when idle",
                self.idle_bytes as f64 / MEGABYTE,
                "MB",
                25.0,
            ),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<20} {:<18} {:>12} {:>12}",
            "case", "subject", "CPU us/req", "req/s"
        )?;
        for figures in &self.figures {
            let case = format!("{:?}", figures.case);
            writeln!(
                out,
                "{case:<20} {:<18} {:>12.1} {:>12.0}",
                figures.subject, figures.cpu_us, figures.requests_per_second
            )?;
        }
        writeln!(
            out,
            "\n{:<18} {:>14} {:>14}",
            "first byte", "best us", "median us"
        )?;
        for figures in &self.first_bytes {
            writeln!(
                out,
                "{:<18} {:>14.0} {:>14.0}",
                figures.subject, figures.best_us, figures.median_us
            )?;
        }
        writeln!(out, "\n{:<18} {:>14}", "longest gap", "ms (pace 10)")?;
        for figures in &self.gaps {
            writeln!(out, "{:<18} {:>14.1}", figures.subject, figures.longest_ms)?;
        }
        writeln!(out)?;
        for (what, figure, unit, most) in self.goals() {
            let verdict = if figure <= most { "reached" } else { "MISSED" };
            writeln!(
                out,
                "{verdict:<8} {what}: {figure:.2} {unit} (at most {most} {unit})"
            )?;
        }
        Ok(())
    }
}
