fn main() {
    let _ = dvkit::filter!("fullname eq 'Ann'");
}
