//! Tests options of choices, and sets of them.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn options_are_found_by_number_name_and_language() {
    assert_eq!(Size::name(), "new_size");
    let told: Vec<_> = Size::options().map(|o| (o.value, o.name, o.color, o.state)).collect();
    assert_eq!(told, [(1, "Small", None, None), (2, "Large", Some("#ff0000"), Some(0))]);
    assert_eq!(Size::Large.option().labels().collect::<Vec<_>>(), [(1031, "Groß"), (1033, "Large")]);
    for (value, known, label) in
        [(1, Some(Size::Small), None), (2, Some(Size::Large), Some("Groß")), (0, None, None), (3, None, None)]
    {
        assert_eq!(Size::from_value(value), known, "{value}");
        assert_eq!(ChoiceValue::<Size>::new(value).known(), known, "{value}");
        assert_eq!(ChoiceValue::<Size>::new(value).label(1031), label, "{value}");
        for size in [Size::Small, Size::Large] {
            assert_eq!(ChoiceValue::<Size>::new(value) == size, known == Some(size), "{value}");
            assert_eq!(
                ChoiceValue::<Size>::new(value) == ChoiceValue::from(size),
                known == Some(size),
                "{value}"
            );
        }
    }
}

#[test]
fn a_set_of_options_is_sorted_and_has_each_once() {
    let mut set = ChoiceValues::<Size>::new([9, 2, 9]);
    assert_eq!((set.values(), set.len(), set.is_empty()), (&[2, 9][..], 2, false));
    assert!(set.insert(Size::Small) && !set.insert(Size::Large));
    assert_eq!(set.values(), [1, 2, 9]);
    assert!(set.contains(Size::Large) && !set.contains(ChoiceValue::new(3)));
    assert!(set.remove(Size::Large) && !set.remove(Size::Large));
    assert_eq!(format!("{set:?}"), "{Small, Unknown(9)}");
    assert_eq!(set.iter().map(ChoiceValue::value).collect::<Vec<_>>(), [1, 9]);
    assert_eq!(set.clone(), set);
    assert_ne!(set, ChoiceValues::default());
    assert_eq!(ChoiceValues::from([Size::Large, Size::Small]), ChoiceValues::<Size>::new([1, 2]));
    let none = ChoiceValues::<Size>::default();
    assert_eq!((none.len(), none.is_empty(), format!("{none:?}").as_str()), (0, true, "{}"));
}

#[test]
fn values_of_a_choice_are_told_apart_by_their_hashes() {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
    let hash =
        |value: i32| BuildHasherDefault::<DefaultHasher>::default().hash_one(ChoiceValue::<Size>::new(value));
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
}
