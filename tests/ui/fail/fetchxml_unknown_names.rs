fn main() {
    let _ = dvkit::fetchxml!(
        "<fetch top='3'>
            <entity name='contact'>
                <attribute name='fullnme'/>
                <filter><condition attribute='statecode' operator='equals' value='0'/></filter>
            </entity>
        </fetch>"
    );
}
