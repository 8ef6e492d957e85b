//! The model is compiled once for each snapshot of an account, however many callers ask for it, also where it does not fit.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dvkit_gateway::store::Scope;
use dvkit_gateway::unified::{ResourceDescription, Unified, UnifiedAccount, UnifiedError, UnifiedModel};
use futures_util::future::join_all;
use pretty_assertions::assert_eq;

use crate::bench::{Bench, emulator, settings, store};

/// A model that fits no organisation, and counts how often that is found out.
struct Unfit(Arc<AtomicUsize>);

impl UnifiedModel for Unfit {
    fn resources(&self) -> Vec<ResourceDescription> {
        Vec::new()
    }

    fn open(&self, _: UnifiedAccount) -> Result<Arc<dyn Unified>, UnifiedError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        // Others ask meanwhile.
        std::thread::sleep(Duration::from_millis(50));
        Err(UnifiedError::Organisation("`contact` has no column `x`".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_does_not_fit_is_compiled_once_for_all_callers() {
    let opened = Arc::new(AtomicUsize::new(0));
    let emulator = emulator().start().await.unwrap();
    let model = Unfit(Arc::clone(&opened));
    let mut settings = settings();
    // Requests alone compile it, and no poll of changes.
    settings.changes.poll_seconds = 1 << 20;
    let bench = Bench::with(store().await, settings, |builder| builder.model(model)).await;
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let path = format!("/unified/crm/contacts?account_id={id}");
    for round in 0..3 {
        for (status, body) in join_all((0..6).map(|_| caller.get(&path))).await {
            assert_eq!((status, body["error"]["code"].as_str()), (422, Some("mapping")), "{round}: {body}");
            assert_eq!(body["error"]["message"], "`contact` has no column `x`", "{round}");
        }
    }
    assert_eq!(
        opened.load(Ordering::SeqCst),
        1,
        "what was found out stays so until the snapshot is another one"
    );
}
