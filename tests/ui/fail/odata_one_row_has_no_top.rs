fn main() {
    let _ = dvkit::odata!("accounts(78914942-34cb-ed11-b596-0022481d68cd)?$select=name&$top=3");
}
