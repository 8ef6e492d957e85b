fn main() {
    let _ = dvkit::odata!("acounts?$select=name&$top=3");
}
