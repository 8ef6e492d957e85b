/** Names and values that the scripts share. */
export const API = "/api/data/v9.2";
export const CASE_COLUMNS = ["title", "ticketnumber", "createdon"];
export const MESSAGES = {
    none: "No case was found; choose another account.",
    filter: "The $filter is too long",
};
