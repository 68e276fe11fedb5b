//! The settings of a search of the web, as both forms of a request write them.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{canonical::Location, json::Unknown};

/// The only kind of place that there is.
pub(crate) const APPROXIMATE: &str = "approximate";

/// What is meant where nothing is said.
const USUAL_SIZE: &str = "medium";

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Place {
    #[serde(rename = "type")]
    kind: Option<String>,
    city: Option<String>,
    country: Option<String>,
    region: Option<String>,
    timezone: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

impl Place {
    /// `kind`: what is said of it where it has no place of its own for that.
    pub(crate) fn of(location: &Location, kind: Option<&str>) -> Self {
        Self {
            kind: kind.map(str::to_owned),
            city: location.city.clone(),
            country: location.country.clone(),
            region: location.region.clone(),
            timezone: location.timezone.clone(),
            unknown: Unknown::default(),
        }
    }

    /// `None` where it says nothing; settings that nobody knows go to `others`.
    pub(crate) fn read(self, others: &mut Vec<String>) -> Option<Location> {
        others.extend(self.unknown.into_names());
        let location = Location {
            city: self.city,
            country: self.country,
            region: self.region,
            timezone: self.timezone,
        };
        (location != Location::default()).then_some(location)
    }
}

/// The size that is not the usual one.
pub(crate) fn size(stated: Option<String>) -> Option<String> {
    stated.filter(|size| size != USUAL_SIZE)
}
