fn main() {
    let _ = dvkit::odata!("$select=name&$top=3");
}
