//! Keeps the accounts of the people who use a web application.
use std::collections::HashMap;
use std::sync::Arc;

use crate::auth::oauth::OauthTokenSource;
use crate::auth::{Account, UserKey};

/// The maximum number of accounts. The account that was not used for the longest time is dropped first; its
/// refresh token remains in the store.
const MAX_ACCOUNTS: usize = 10_000;

#[derive(Default)]
pub(super) struct Accounts {
    people: HashMap<UserKey, Person>,
    /// The number of uses so far.
    uses: u64,
}

struct Person {
    account: Account,
    source: Arc<OauthTokenSource>,
    /// The number of the last use.
    used: u64,
}

impl Accounts {
    /// Returns the account and the token source of a person. If there are none, they are created with
    /// `create`.
    pub(super) fn get_or_insert(
        &mut self,
        user: &UserKey,
        create: impl FnOnce() -> (Account, Arc<OauthTokenSource>),
    ) -> (Account, Arc<OauthTokenSource>) {
        self.uses += 1;
        let used = self.uses;
        if let Some(person) = self.people.get_mut(user) {
            person.used = used;
            return (person.account.clone(), Arc::clone(&person.source));
        }
        if self.people.len() >= MAX_ACCOUNTS {
            let oldest = self.people.iter().min_by_key(|(_, person)| person.used);
            if let Some(oldest) = oldest.map(|(user, _)| user.clone()) {
                self.people.remove(&oldest);
            }
        }
        let (account, source) = create();
        let person = Person { account: account.clone(), source: Arc::clone(&source), used };
        self.people.insert(user.clone(), person);
        (account, source)
    }

    pub(super) fn remove(&mut self, user: &UserKey) {
        self.people.remove(user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credentials;
    use crate::clock::SystemClock;

    #[test]
    fn the_account_that_was_not_used_for_longest_is_dropped() {
        let mut accounts = Accounts::default();
        let user = |number: usize| UserKey::new(&format!("{number}"), "t").unwrap();
        let http = reqwest::Client::new();
        let mut created = 0;
        let mut get = |accounts: &mut Accounts, number: usize| {
            let before = created;
            accounts.get_or_insert(&user(number), || {
                created += 1;
                let credentials = Credentials::stored("app", &user(number));
                let org = "https://contoso.crm4.dynamics.com".parse().unwrap();
                let source = OauthTokenSource::new(credentials, http.clone(), org, Arc::new(SystemClock));
                let source = Arc::new(source);
                let shared: Arc<OauthTokenSource> = Arc::clone(&source);
                (Account::of(shared, Arc::new(SystemClock)), source)
            });
            created > before
        };
        for number in 0..MAX_ACCOUNTS {
            assert!(get(&mut accounts, number));
        }
        assert!(!get(&mut accounts, 0));
        assert!(get(&mut accounts, MAX_ACCOUNTS));
        assert!(!get(&mut accounts, 0) && get(&mut accounts, 1));
        assert_eq!(accounts.people.len(), MAX_ACCOUNTS);
        accounts.remove(&user(1));
        accounts.remove(&user(MAX_ACCOUNTS + 1));
        assert_eq!(accounts.people.len(), MAX_ACCOUNTS - 1);
        assert!(!get(&mut accounts, 0) && get(&mut accounts, 1));
    }
}
