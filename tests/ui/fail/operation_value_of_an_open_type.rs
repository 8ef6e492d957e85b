use dvkit::operation::Expando;

fn main() {
    let _ = Expando::new().with("since", dvkit::jiff::civil::date(2026, 1, 31));
}
