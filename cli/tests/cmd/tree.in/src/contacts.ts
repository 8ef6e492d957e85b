// dvkit-ignore DV0203
export const names = "contacts?$select=fullname&$top=5";
export const active = `contacts?$select=fullname&$filter=statecode eq 'Active'`;
// dvkit-ignore DV9999
