use dvkit::client::search_table;
use dvkit::dvkit_client::Search;
use dvkit::filter;
use dvkit_ui::crm::Account;

fn main() {
    let _ = Search::new("contoso").table(search_table::<Account>().filter(filter!(Account, "state eq 0")));
}
