use dvkit::prelude::*;
use dvkit::{ManyToMany, NavMany};
use dvkit_ui::crm::{Account, Contact};

fn beside(lists: NavMany<Account, Contact, ManyToMany>) {
    let nested = Account::PRIMARYCONTACTID.select(Contact::FULLNAME).expand(Contact::CREATEDBY);
    let _ = Account::query().expand(lists).expand(nested);
}

fn below(lists: NavMany<Account, Contact, ManyToMany>) {
    let _ = Account::query().expand(lists.select(Contact::FULLNAME).expand(Contact::CREATEDBY));
}

fn inside(lists: NavMany<Contact, Account, ManyToMany>) {
    let _ = Account::query().expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME).expand(lists));
}

fn main() {}
