fn main() {
    let _ = dvkit::odata!("accounts?$select=name&$filtr=statecode eq 0&$top=3");
}
