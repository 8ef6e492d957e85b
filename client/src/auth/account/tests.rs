//! Tests of accounts, on a simulated clock.
use std::sync::atomic::{AtomicU32, Ordering};

use pretty_assertions::assert_eq;
use secrecy::SecretString;

use super::*;
use crate::clock::TokioClock;

/// A token source for tests. Each call returns the next result in a list; after the end of the list,
/// calls return the last result.
struct Scripted {
    clock: TokioClock,
    calls: Arc<AtomicU32>,
    script: Vec<Result<u64, ErrorKind>>,
}

impl TokenSource for Scripted {
    fn fetch<'a>(&'a self, _: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async {
            let call = self.calls.fetch_add(1, Ordering::Relaxed) as usize;
            sleep(Duration::from_millis(300)).await;
            match self.script[call.min(self.script.len() - 1)] {
                Ok(life) => Ok(AccessToken::new(
                    SecretString::from(format!("token {call}")),
                    self.clock.now() + Duration::from_secs(life),
                )),
                Err(kind) => Err(Error::new(kind, "scripted").with_transient(kind == ErrorKind::Network)),
            }
        })
    }

    fn describe(&self) -> String {
        "from a script".to_owned()
    }
}

fn account(script: Vec<Result<u64, ErrorKind>>) -> (Account, Arc<AtomicU32>, Arc<AtomicU32>) {
    let clock = TokioClock::starting(Timestamp::UNIX_EPOCH);
    let (calls, hooks) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&hooks);
    let account = Account::builder(Scripted { clock, calls: Arc::clone(&calls), script })
        .clock(clock)
        .on_needs_sign_in(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    (account, calls, hooks)
}

fn audience() -> Audience {
    Audience::of(&"https://contoso.crm4.dynamics.com".parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn one_token_request_serves_all_waiting_callers() {
    let (account, calls, _) = account(vec![Ok(3600)]);
    let audience = audience();
    let all = futures_util::future::join_all((0..32).map(|_| account.token(&audience))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_continues_when_its_caller_stops_waiting() {
    let (account, calls, _) = account(vec![Ok(3600)]);
    let audience = audience();
    let short = tokio::time::timeout(Duration::from_millis(10), account.token(&audience)).await;
    assert!(short.is_err());
    account.token(&audience).await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_by_network_is_repeated_while_the_old_token_is_used() {
    let lost = || Err(ErrorKind::Network);
    let (account, calls, hooks) = account(vec![Ok(3600), lost(), lost(), lost(), Ok(3600)]);
    let audience = audience();
    for _ in 0..7000 {
        account.token(&audience).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(calls.load(Ordering::Relaxed), 6);
    assert_eq!((account.tokens_fetched(), hooks.load(Ordering::Relaxed)), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_dead_refresh_token_is_reported_once_and_never_requested_again() {
    let (dead, calls, hooks) = account(vec![Err(ErrorKind::NeedsSignIn)]);
    let (other, ..) = account(vec![Ok(3600)]);
    let audience = audience();
    for _ in 0..5 {
        assert_eq!(dead.token(&audience).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
        other.token(&audience).await.unwrap();
    }
    assert_eq!((calls.load(Ordering::Relaxed), hooks.load(Ordering::Relaxed)), (1, 1));
    assert!(dead.needs_sign_in() && !other.needs_sign_in());
    dead.signed_in();
    assert!(dead.token(&audience).await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unused_token_is_not_renewed() {
    let (account, calls, _) = account(vec![Ok(3600)]);
    account.token(&audience()).await.unwrap();
    sleep(Duration::from_secs(100_000)).await;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_account_refreshes_one_token_at_a_time_for_all_organisations() {
    let (account, calls, _) = account(vec![Ok(3600)]);
    let audiences: Vec<_> =
        (0..5).map(|i| Audience::of(&format!("https://o{i}.crm4.dynamics.com").parse().unwrap())).collect();
    let before = Instant::now();
    futures_util::future::join_all(audiences.iter().map(|audience| account.token(audience))).await;
    assert_eq!(calls.load(Ordering::Relaxed), 5);
    assert_eq!(before.elapsed().as_millis(), 5 * 300);
}

#[test]
fn a_token_is_renewed_five_to_ten_minutes_before_it_expires() {
    let wait = |life: u64, chance: f64| {
        wait_before_renewal(Duration::from_secs(life), chance).map(|w| w.as_secs_f64())
    };
    assert_eq!(wait(3600, 0.0), Some(3300.0));
    assert_eq!(wait(3600, 1.0), Some(3000.0));
    assert_eq!(wait(60, 0.0), Some(52.5));
    assert_eq!(wait(60, 1.0), Some(45.0));
    assert_eq!(wait(u64::from(u32::MAX), 0.5), None);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_requested_before_the_person_signed_out_is_dropped() {
    let (account, calls, hooks) = account(vec![Ok(3600)]);
    let audience = audience();
    let (result, ()) = tokio::join!(account.token(&audience), async {
        sleep(Duration::from_millis(100)).await;
        account.signed_out();
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    assert_eq!((calls.load(Ordering::Relaxed), hooks.load(Ordering::Relaxed)), (1, 0));
    assert_eq!(account.expires_at(&audience), None);
    let token =
        AccessToken::new(SecretString::from("new"), account.0.clock.now() + Duration::from_secs(3600));
    account.signed_in_with(&audience, token.clone());
    assert!(account.token(&audience).await.unwrap().same(&token));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_without_a_response_is_repeated_as_often_as_it_is_said() {
    for (most, expected) in [(Some(1), 1), (Some(3), 3), (None, 4)] {
        let clock = TokioClock::starting(Timestamp::UNIX_EPOCH);
        let calls = Arc::new(AtomicU32::new(0));
        let lost = || Err(ErrorKind::Network);
        let script = vec![lost(), lost(), lost(), Ok(3600)];
        let builder = Account::builder(Scripted { clock, calls: Arc::clone(&calls), script }).clock(clock);
        let account = match most {
            Some(most) => builder.max_unanswered(most),
            None => builder,
        };
        let token = account.build().token(&audience()).await;
        assert_eq!(token.is_ok(), most.is_none(), "{most:?}");
        assert_eq!(calls.load(Ordering::Relaxed), expected, "{most:?}");
    }
}

/// The first wait of an account is a second or up to two, because of its jitter.
#[test]
fn an_account_waits_at_least_a_second_before_it_asks_again() {
    let builder = AccountBuilder::new(Arc::new(crate::auth::StaticToken::new("x")));
    let first = builder.retry.waits().next().unwrap();
    assert!((1.0..=2.0).contains(&first.as_secs_f64()), "{first:?}");
}

#[test]
fn a_token_is_renewed_in_the_last_part_of_its_life() {
    let second = Duration::from_secs;
    let ten_years = second(10 * 365 * 24 * 3600);
    assert_eq!(wait_before_renewal(ten_years + second(1), 0.5), None);
    assert!(wait_before_renewal(ten_years, 0.5).is_some());
    for (life, chance, before) in [
        (second(80), 0.0, second(10)),
        (second(80), 1.0, second(20)),
        (second(80), 0.5, second(15)),
        (second(80), 7.0, second(20)),
        (4 * MAX_RENEWAL_LEAD, 1.0, MAX_RENEWAL_LEAD),
        (4 * MAX_RENEWAL_LEAD, 0.0, MIN_RENEWAL_LEAD),
        (second(86_400), 1.0, MAX_RENEWAL_LEAD),
        (Duration::ZERO, 1.0, Duration::ZERO),
    ] {
        assert_eq!(wait_before_renewal(life, chance), Some(life - before), "{life:?} {chance}");
    }
}

/// A source whose first and later tokens are valid for an hour, and whose second call is refused with this code.
struct RefusedOnce {
    calls: AtomicU32,
    code: &'static str,
}

impl TokenSource for RefusedOnce {
    fn fetch<'a>(&'a self, _: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            if call == 1 {
                let refused = Error::new(ErrorKind::NeedsSignIn, "refused");
                return Err(refused.with_code(Some(self.code.to_owned())));
            }
            let expires = Timestamp::UNIX_EPOCH + Duration::from_secs(3600 * (u64::from(call) + 1));
            Ok(AccessToken::new(SecretString::from(format!("token {call}")), expires))
        })
    }

    fn describe(&self) -> String {
        "refused once".to_owned()
    }
}

/// The renewal of a token that the service has refused meanwhile may still succeed, for example after an administrator has
/// consented.
#[tokio::test(start_paused = true)]
async fn a_token_in_the_background_ends_the_need_of_a_sign_in() {
    for (code, all_organisations) in
        [("interaction_required", false), ("consent_required", false), ("invalid_grant", true)]
    {
        let source = RefusedOnce { calls: AtomicU32::new(0), code };
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let account = Account::builder(source)
            .clock(TokioClock::starting(Timestamp::UNIX_EPOCH))
            .on_needs_sign_in(move |event| told.lock().unwrap().push(event.all_organisations))
            .build();
        let audience = audience();
        let first = account.token(&audience).await.unwrap();
        account.reject(&audience, &first);
        assert_eq!(account.token(&audience).await.unwrap_err().kind(), ErrorKind::NeedsSignIn, "{code}");
        assert!(account.needs_sign_in(), "{code}");
        // The renewal of the first token is due five to ten minutes before its end.
        sleep(Duration::from_secs(3400)).await;
        assert!(!account.needs_sign_in(), "{code}");
        let renewed = account.token(&audience).await.unwrap();
        assert!(!renewed.same(&first), "{code}");
        assert_eq!(*events.lock().unwrap(), [all_organisations], "{code}: told once");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_of_a_person_who_has_signed_out_is_not_renewed() {
    let (account, calls, hooks) = account(vec![Ok(3600)]);
    account.token(&audience()).await.unwrap();
    account.signed_out();
    sleep(Duration::from_secs(100_000)).await;
    assert_eq!((calls.load(Ordering::Relaxed), hooks.load(Ordering::Relaxed)), (1, 0));
    assert!(account.needs_sign_in());
    assert_eq!(account.token(&audience()).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
}

/// A source that always gives this token, or this error.
struct Always(Result<AccessToken>, AtomicU32);

impl TokenSource for Always {
    fn fetch<'a>(&'a self, _: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { self.0.clone() })
    }

    fn describe(&self) -> String {
        "always".to_owned()
    }

    fn identity(&self) -> Identity {
        Identity::default().with_application("app")
    }
}

fn token(secret: &str, life: Duration) -> AccessToken {
    AccessToken::new(SecretString::from(secret), Timestamp::UNIX_EPOCH + life)
}

#[tokio::test(start_paused = true)]
async fn an_account_tells_what_it_has() {
    let source = Arc::new(Always(Ok(token("x", Duration::from_secs(3600))), AtomicU32::new(0)));
    let clock = TokioClock::starting(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn TokenSource> = Arc::<Always>::clone(&source);
    let account = AccountBuilder::new(shared).clock(clock).build();
    let (audience, other) =
        (audience(), Audience::of(&"https://fabrikam.crm4.dynamics.com".parse().unwrap()));
    assert_eq!((account.tokens_fetched(), account.expires_at(&audience)), (0, None));
    account.token(&audience).await.unwrap();
    let expiry = Timestamp::UNIX_EPOCH + Duration::from_secs(3600);
    assert_eq!((account.tokens_fetched(), account.expires_at(&audience)), (1, Some(expiry)));
    assert_eq!(account.expires_at(&other), None);
    assert_eq!((account.describe(), account.identity()), ("always".to_owned(), source.identity()));
    assert_eq!(format!("{account:?}"), r#"Account { source: "always", .. }"#);
    // Only the very token that was refused is dropped.
    account.reject(&audience, &token("y", Duration::from_secs(3600)));
    account.reject(&other, &token("x", Duration::from_secs(3600)));
    account.token(&audience).await.unwrap();
    assert_eq!(source.1.load(Ordering::Relaxed), 1);
    account.reject(&audience, &token("x", Duration::ZERO));
    assert_eq!(account.expires_at(&audience), None);
    account.token(&audience).await.unwrap();
    assert_eq!((source.1.load(Ordering::Relaxed), account.tokens_fetched()), (2, 2));
}

/// A token is used until two seconds before its end, or until the last tenth of a short life.
#[tokio::test(start_paused = true)]
async fn a_token_is_used_until_shortly_before_its_end() {
    let ms = Duration::from_millis;
    for (life, used_until) in [(ms(60_000), ms(58_000)), (ms(20_000), ms(18_000)), (ms(10_000), ms(9_000))] {
        for (at, calls) in [(used_until - ms(1), 1), (used_until, 2)] {
            let source = Arc::new(Always(Ok(token("x", life)), AtomicU32::new(0)));
            let shared: Arc<dyn TokenSource> = Arc::<Always>::clone(&source);
            let account =
                AccountBuilder::new(shared).clock(TokioClock::starting(Timestamp::UNIX_EPOCH)).build();
            account.token(&audience()).await.unwrap();
            tokio::time::advance(at).await;
            account.token(&audience()).await.unwrap();
            assert_eq!(source.1.load(Ordering::Relaxed), calls, "{life:?} after {at:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_asks_for_a_longer_wait_than_a_minute_is_an_error_at_once() {
    let busy =
        |wait: u64| Error::new(ErrorKind::SignIn, "busy").with_retry_after(Some(Duration::from_secs(wait)));
    for (error, waited, calls, message) in [
        (busy(61).with_transient(true), 0, 1, "busy; it asks to wait 61 s"),
        (busy(7_200).with_transient(true), 0, 1, "busy; it asks to wait 120 min"),
        (busy(60).with_transient(true), 60, 2, "busy; it asks to wait 60 s"),
        (busy(25).with_transient(true), 50, 3, "busy; it asks to wait 25 s"),
        (busy(25), 0, 1, "busy"),
        (Error::new(ErrorKind::SignIn, "refused"), 0, 1, "refused"),
    ] {
        let source = Arc::new(Always(Err(error), AtomicU32::new(0)));
        let shared: Arc<dyn TokenSource> = Arc::<Always>::clone(&source);
        let account = AccountBuilder::new(shared).clock(TokioClock::starting(Timestamp::UNIX_EPOCH)).build();
        let start = Instant::now();
        let error = account.token(&audience()).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::SignIn, message));
        assert_eq!(
            (start.elapsed().as_secs(), source.1.load(Ordering::Relaxed)),
            (waited, calls),
            "{message}"
        );
        assert!(!account.needs_sign_in(), "{message}");
    }
}
