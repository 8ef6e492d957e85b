// dvkit-ignore DV0203
export const names = "contacts?$select=fullname&$top=5";
export const active = `contacts?$select=fullname&$filter=statecode eq 0`;
// dvkit-ignore DV9999
