//! Declares the codes DV08xx: mappings of the CRM model onto an organisation. The compiler of mappings reports
//! them.

super::codes! {
    /// The text of a mapping is not valid: it is not TOML, an entry has the wrong type, or an entry is unknown.
    /// The book lists the entries that a field takes.
    INVALID_MAPPING = 801, "mapping that cannot be read";
    /// A mapping names a table that the organisation does not have, or a resource names no table. Override the
    /// table for this organisation, or take the resource out with `false`.
    MAPPED_TABLE = 802, "mapped table that does not exist";
    /// A mapping names a column that the table does not have in this organisation. Override the field for this
    /// organisation, mark it `optional`, or take it out with `false`.
    MAPPED_COLUMN = 803, "mapped column that does not exist";
    /// The type of a column does not fit the field that is mapped to it: an amount of money takes a money column, a
    /// date a column without a time, a reference a lookup.
    MAPPED_TYPE = 804, "mapped column of another type";
    /// The options of a choice and the members of an enum do not correspond: the column has no such option, two
    /// members name the same option, or an option has no member, so that rows with it would have no value.
    MAPPED_OPTION = 805, "option and member that do not correspond";
    /// A lookup does not point to the table that a mapping names.
    MAPPED_TARGET = 806, "lookup that does not point to the mapped table";
    /// A field can be read only, because the service does not let callers set the column. Say `read_only = true`,
    /// so that writes of the field are refused with this reason.
    READ_ONLY_COLUMN = 807, "mapped column that cannot be written";
    /// The resource has no field of this name. Fields that only some organisations have belong into `custom`.
    UNKNOWN_FIELD = 808, "field that the model does not have";
    /// The field `external_id` is mapped to a column that is not an alternate key of its table, so that records cannot
    /// be upserted by it. Add a key to the table.
    MISSING_KEY = 809, "external id without an alternate key";
}
