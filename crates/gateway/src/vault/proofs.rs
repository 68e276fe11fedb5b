//! Whose state of reasoning is whose, as far as it was seen: an account takes back what it made itself, and not what it
//! refused once. By hashes, within bounds.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
};

use super::Owner;

/// Of each kind; the oldest go first.
const MOST: usize = 20_000;

#[derive(Default)]
pub(super) struct Proofs {
    hashes: RandomState,
    made: Marks,
    refused: Marks,
    /// Accounts that refused anything.
    refusing: HashSet<u64>,
}

#[derive(Default)]
struct Marks {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Marks {
    fn add(&mut self, mark: u64) {
        if self.known.insert(mark) {
            self.order.push_back(mark);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl Proofs {
    /// Any model of an account reads what another one wrote.
    fn mark(&self, owner: &Owner, state: &str) -> u64 {
        self.hashes
            .hash_one((&owner.provider, &owner.account, state))
    }

    pub(super) fn made(&mut self, owner: &Owner, state: &str) {
        let mark = self.mark(owner, state);
        self.made.add(mark);
    }

    pub(super) fn has_refusals(&self) -> bool {
        !self.refusing.is_empty()
    }

    /// Whether an account refused anything.
    pub(super) fn refuses(&self, owner: &Owner) -> bool {
        self.refusing.contains(&self.mark(owner, ""))
    }

    pub(super) fn is_refused(&self, owner: &Owner, state: &str) -> bool {
        let mark = self.mark(owner, state);
        self.refused.known.contains(&mark)
    }

    /// One of them was refused, and nobody knows which: those that the account did not make, or if there are none, all.
    /// `false` where that is nothing new.
    pub(super) fn refuse(&mut self, owner: &Owner, states: &[String]) -> bool {
        let marks = states.iter().map(|state| self.mark(owner, state));
        let new = marks.filter(|mark| !self.refused.known.contains(mark));
        let (own, strange): (Vec<u64>, Vec<u64>) =
            new.partition(|mark| self.made.known.contains(mark));
        let refused = if strange.is_empty() { own } else { strange };
        for mark in &refused {
            self.refused.add(*mark);
        }
        self.refusing.insert(self.mark(owner, ""));
        !refused.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(account: &str) -> Owner {
        Owner {
            provider: "p".to_owned(),
            account: Some(account.to_owned()),
            model: "m".to_owned(),
        }
    }

    #[test]
    fn what_an_account_made_itself_is_refused_last() {
        let states = ["a", "b"].map(str::to_owned);
        let mut proofs = Proofs::default();
        proofs.made(&owner("b"), "b");
        assert!(proofs.refuse(&owner("b"), &states));
        assert!(proofs.is_refused(&owner("b"), "a"));
        assert!(!proofs.is_refused(&owner("b"), "b"));
        assert!(!proofs.is_refused(&owner("a"), "a"));
        assert!(proofs.refuses(&owner("b")) && !proofs.refuses(&owner("a")));
        assert!(proofs.refuse(&owner("b"), &states));
        assert!(proofs.is_refused(&owner("b"), "b"));
        assert!(!proofs.refuse(&owner("b"), &states));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut proofs = Proofs::default();
        for number in 0..=MOST {
            proofs.refuse(&owner("a"), &[number.to_string()]);
        }
        assert!(!proofs.is_refused(&owner("a"), "0"));
        assert!(proofs.is_refused(&owner("a"), "1"));
        assert_eq!(proofs.refused.known.len(), MOST);
    }
}
