fn main() {
    let day = "yesterday";
    let _ = dvkit::fetchxml!(
        r#"<fetch top="3"><entity name="contact"><attribute name="fullname"/><filter>
            <condition attribute="createdon" operator="last-x-days" value="{day}"/>
        </filter></entity></fetch>"#
    );
}
