//! What providers refused, so that their next requests go without it. In memory, while the program runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use protocol::canonical::{ApiError, Capabilities, CompletionForm, Efforts, Losses, Omission};

use crate::routing::Target;

/// More models than anybody uses; names are the clients' to make up.
const MAX_MODELS: usize = 1024;
/// A field of which so many values were refused is refused altogether.
const MOST_VALUES: usize = 8;

/// What is left out for whom.
#[derive(Default)]
pub(crate) struct Omissions(Mutex<HashMap<Key, Known>>);

/// What a model at an address refused.
#[derive(Default)]
struct Known {
    fields: Vec<Omission>,
    /// A reply of more tokens than this.
    longer: Option<u64>,
    /// Any image.
    images: bool,
    /// Cache marks.
    marks: bool,
    /// Several answers to a request.
    several: bool,
    /// A text to go on with in a better form than this.
    completion: Option<CompletionForm>,
    /// Other words for the depth of reasoning than these.
    efforts: Option<Efforts>,
}

/// A model at an address: another one under the same name has its own ideas.
#[derive(Clone, Eq, Hash, PartialEq)]
struct Key {
    base_url: String,
    model: String,
}

impl Key {
    fn of(target: &Target<'_>) -> Self {
        Self {
            base_url: target.provider.base_url.to_string(),
            model: target.model.clone().into_owned(),
        }
    }
}

impl Omissions {
    /// What a target's requests go without.
    pub(crate) fn of(&self, target: &Target<'_>) -> Vec<Omission> {
        let known = self.known();
        if known.is_empty() {
            return Vec::new();
        }
        let known = known.get(&Key::of(target));
        known.map_or_else(Vec::new, |known| known.fields.clone())
    }

    /// Takes from a target's abilities what it refused.
    pub(crate) fn limit(&self, target: &Target<'_>, able: &mut Capabilities) {
        if let Some(known) = self.known().get(&Key::of(target)) {
            let limits = [able.max_output_tokens, known.longer];
            able.max_output_tokens = limits.into_iter().flatten().min();
            able.images &= !known.images;
            able.cache_marks &= !known.marks;
            able.several_choices &= !known.several;
            if let Some(left) = known.completion {
                limit_completion(able, left);
            }
            if let Some(Efforts {
                taken,
                thinks_always,
            }) = &known.efforts
            {
                able.efforts.clone_from(taken);
                able.thinks_always |= thinks_always;
            }
        }
    }

    /// From now on.
    pub(crate) fn learn(&self, target: &Target<'_>, omission: Omission) {
        self.note(target, |known| {
            if known.fields.contains(&omission) {
                return;
            }
            let of_field = |known: &Omission| known.is_of_same_field(&omission);
            let values = known.fields.iter().filter(|known| of_field(known)).count();
            if values + 1 < MOST_VALUES {
                known.fields.push(omission);
            } else {
                known.fields.retain(|known| !of_field(known));
                known.fields.push(omission.altogether());
            }
        });
    }

    /// Of a request that was taken with it.
    pub(crate) fn learn_limit(&self, target: &Target<'_>, tokens: u64) {
        self.note(target, |known| known.longer = Some(tokens));
    }

    /// A failure that speaks of how long a reply may be, with the limit that is known, disproves it.
    pub(crate) fn forget_limit(&self, target: &Target<'_>) {
        if let Some(known) = self.known().get_mut(&Key::of(target)) {
            known.longer = None;
        }
    }

    /// `false` where it was known already.
    pub(crate) fn learn_blindness(&self, target: &Target<'_>) -> bool {
        let mut is_new = false;
        self.note(target, |known| {
            is_new = !std::mem::replace(&mut known.images, true);
        });
        is_new
    }

    /// `false` where it was known already.
    pub(crate) fn learn_no_marks(&self, target: &Target<'_>) -> bool {
        let mut is_new = false;
        self.note(target, |known| {
            is_new = !std::mem::replace(&mut known.marks, true);
        });
        is_new
    }

    /// `false` where it was known already.
    pub(crate) fn learn_one_answer(&self, target: &Target<'_>) -> bool {
        let mut is_new = false;
        self.note(target, |known| {
            is_new = !std::mem::replace(&mut known.several, true);
        });
        is_new
    }

    /// Of a text that was gone on with in this form.
    pub(crate) fn learn_completion(&self, target: &Target<'_>, left: CompletionForm) {
        self.note(target, |known| {
            known.completion = Some(known.completion.map_or(left, |known| known.min(left)));
        });
    }

    /// `false` where it was known already.
    pub(crate) fn learn_efforts(&self, target: &Target<'_>, mut efforts: Efforts) -> bool {
        let mut is_new = false;
        self.note(target, |known| {
            let before = known.efforts.as_ref();
            efforts.thinks_always |= before.is_some_and(|before| before.thinks_always);
            is_new = before != Some(&efforts);
            known.efforts = Some(efforts);
        });
        is_new
    }

    fn note(&self, target: &Target<'_>, learn: impl FnOnce(&mut Known)) {
        let mut known = self.known();
        if known.len() >= MAX_MODELS {
            known.clear();
        }
        learn(known.entry(Key::of(target)).or_default());
    }

    /// A failure that still names a field which was left out is about something else.
    pub(crate) fn doubt(&self, target: &Target<'_>, failure: &ApiError, sent: &Bytes) {
        if let Some(known) = self.known().get_mut(&Key::of(target)) {
            known
                .fields
                .retain(|omission| !omission.is_disproved(failure, sent));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text to go on with is put in no better form than this.
pub(crate) fn limit_completion(able: &mut Capabilities, left: CompletionForm) {
    able.completion = able.completion.min(left);
    able.completion_path = None;
}

/// Says what the provider does not get.
pub(crate) fn left_out(omission: &Omission, losses: &mut Losses) {
    losses.dropped(
        omission.field(),
        "was refused by the provider, and the request was sent without it",
    );
}
