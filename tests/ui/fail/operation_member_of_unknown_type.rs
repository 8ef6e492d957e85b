use dvkit::operation::ComplexValue;

struct Mine;

fn main() {
    let response = ComplexValue::new();
    let _ = response.get::<Mine>("UserId");
}
