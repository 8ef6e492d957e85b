class Report { string Tier = "contacts?$select=contactid,fulname&$filter=new_tier eq 1"; }
