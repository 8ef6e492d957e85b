fn main() {
    let _ = dvkit::fetchxml!("<fetch top='3'><entity name='contact'><attribute name='fullname'></entity></fetch>");
}
