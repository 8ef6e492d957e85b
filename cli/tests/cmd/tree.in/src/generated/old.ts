export const old = "contacts?$select=fullnme";
