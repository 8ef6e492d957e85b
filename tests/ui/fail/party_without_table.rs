use dvkit::Party;

fn main() {
    let _ = Party::to(dvkit::Guid::nil());
}
