fn main() {
    let _ = dvkit::odata!("accounts?$select=name&$expand=contacts($select=fullname)&$top=3");
}
