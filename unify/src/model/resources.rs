//! Declares the resources of the model and their enums.

use jiff::Timestamp;
use jiff::civil::Date;

use super::macros::{model_enum, resource};
use super::{Address, EmailAddress, Money, PhoneNumber, Reference, WebLink};

model_enum! {
    /// Whether a record is in use.
    ActiveStatus {
        /// The record is in use.
        Active = "active",
        /// The record was deactivated.
        Inactive = "inactive",
    }
}

model_enum! {
    /// The status of a lead.
    LeadStatus {
        /// Nobody has decided yet.
        Open = "open",
        /// The lead became a customer or an opportunity.
        Qualified = "qualified",
        /// The lead was given up.
        Disqualified = "disqualified",
    }
}

model_enum! {
    /// The status of an opportunity.
    OpportunityStatus {
        /// Nobody has decided yet.
        Open = "open",
        /// The customer bought.
        Won = "won",
        /// The customer did not buy.
        Lost = "lost",
    }
}

model_enum! {
    /// The status of a task or an engagement.
    ActivityStatus {
        /// It is to be done.
        Open = "open",
        /// It was done.
        Completed = "completed",
        /// It was given up.
        Canceled = "canceled",
    }
}

model_enum! {
    /// The priority of a task.
    Priority {
        /// Low.
        Low = "low",
        /// Normal.
        Normal = "normal",
        /// High.
        High = "high",
    }
}

model_enum! {
    /// The kind of an engagement.
    EngagementType {
        /// A phone call.
        Call = "call",
        /// An email.
        Email = "email",
        /// An appointment.
        Meeting = "meeting",
        /// Something else, such as a letter or an activity of the organisation's own.
        Other = "other",
    }
}

model_enum! {
    /// Who began an engagement.
    Direction {
        /// The other side did.
        Inbound = "inbound",
        /// The own side did.
        Outbound = "outbound",
    }
}

resource! {
    /// A company or another organisation that one deals with.
    Account = "accounts" {
        /// The name.
        name: String,
        /// The description.
        description: String,
        /// The number that the own organisation gave the account.
        account_number: String,
        /// What the account is to the own organisation, such as a customer or a supplier; the label of the option if the
        /// column is a choice.
        account_type: String,
        /// The industry; the label of the option if the column is a choice.
        industry: String,
        /// The form of ownership, such as public or private; the label of the option if the column is a choice.
        ownership: String,
        /// The website.
        website: String,
        /// The number of employees.
        number_of_employees: i64,
        /// The annual revenue.
        annual_revenue: Money,
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// The account that this one belongs to.
        parent: Reference = ["accounts"],
        /// The most important contact.
        primary_contact: Reference = ["contacts"],
        /// The addresses.
        addresses: Vec<Address>,
        /// The phone numbers.
        phone_numbers: Vec<PhoneNumber>,
        /// The email addresses.
        email_addresses: Vec<EmailAddress>,
        /// Links besides the website.
        urls: Vec<WebLink>,
        /// Whether the record is in use.
        status: ActiveStatus,
        /// The id of the record in the caller's own system.
        external_id: String,
    } audited
}

resource! {
    /// A person.
    Contact = "contacts" {
        /// The full name.
        name: String,
        /// The first name.
        first_name: String,
        /// The middle name.
        middle_name: String,
        /// The last name.
        last_name: String,
        /// What precedes the name, such as `Dr.`.
        prefix: String,
        /// What follows the name, such as `Jr.`.
        suffix: String,
        /// The job title.
        title: String,
        /// The department.
        department: String,
        /// The description.
        description: String,
        /// What the person is to the own organisation, such as a customer or a supplier; the label of the option if the
        /// column is a choice.
        contact_type: String,
        /// The account that the person belongs to.
        account: Reference = ["accounts"],
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// The lead that the contact was made of.
        lead: Reference = ["leads"],
        /// The email addresses.
        email_addresses: Vec<EmailAddress>,
        /// The phone numbers.
        phone_numbers: Vec<PhoneNumber>,
        /// The addresses.
        addresses: Vec<Address>,
        /// Links to pages of the person.
        urls: Vec<WebLink>,
        /// The date of birth.
        birthday: Date,
        /// The gender; the label of the option if the column is a choice.
        gender: String,
        /// Where the contact came from; the label of the option if the column is a choice.
        lead_source: String,
        /// Whether the record is in use.
        status: ActiveStatus,
        /// The id of the record in the caller's own system.
        external_id: String,
    } audited
}

resource! {
    /// A person or a company that may become a customer.
    Lead = "leads" {
        /// The full name.
        name: String,
        /// The first name.
        first_name: String,
        /// The middle name.
        middle_name: String,
        /// The last name.
        last_name: String,
        /// What precedes the name, such as `Dr.`.
        prefix: String,
        /// The job title.
        title: String,
        /// The topic.
        topic: String,
        /// The name of the company.
        company_name: String,
        /// The description.
        description: String,
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// The account that the lead belongs to or became.
        account: Reference = ["accounts"],
        /// The contact that the lead belongs to or became.
        contact: Reference = ["contacts"],
        /// The opportunity that the lead became.
        opportunity: Reference = ["opportunities"],
        /// Where the lead came from; the label of the option if the column is a choice.
        lead_source: String,
        /// The rating; the label of the option if the column is a choice.
        rating: String,
        /// The industry; the label of the option if the column is a choice.
        industry: String,
        /// The expected amount.
        amount: Money,
        /// The email addresses.
        email_addresses: Vec<EmailAddress>,
        /// The phone numbers.
        phone_numbers: Vec<PhoneNumber>,
        /// The addresses.
        addresses: Vec<Address>,
        /// Links to pages of the person or company.
        urls: Vec<WebLink>,
        /// What became of the lead.
        status: LeadStatus,
        /// The id of the record in the caller's own system.
        external_id: String,
    } audited
}

resource! {
    /// A deal that may be won.
    Opportunity = "opportunities" {
        /// The name.
        name: String,
        /// The description.
        description: String,
        /// The amount that is expected.
        amount: Money,
        /// The amount that was paid or agreed at the end.
        actual_amount: Money,
        /// The probability in percent, from 0 to 100.
        probability: i64,
        /// The customer, if it is an account.
        account: Reference = ["accounts"],
        /// The customer, if it is a person, or the person to talk to.
        contact: Reference = ["contacts"],
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// The lead that the opportunity was made of.
        lead: Reference = ["leads"],
        /// The stage.
        stage: Reference = ["stages"],
        /// The pipeline that the stage belongs to.
        pipeline: Reference = ["pipelines"],
        /// What became of the opportunity.
        status: OpportunityStatus,
        /// Why it has this status; the label of the option if the column is a choice.
        status_reason: String,
        /// The kind of the opportunity; the label of the option if the column is a choice.
        opportunity_type: String,
        /// The rating; the label of the option if the column is a choice.
        rating: String,
        /// The date on which it is expected to end.
        close_date: Date,
        /// The date on which it ended.
        closed_date: Date,
        /// The id of the record in the caller's own system.
        external_id: String,
    } audited
}

resource! {
    /// A sequence of stages.
    Pipeline = "pipelines" {
        /// The name.
        name: String,
        /// Whether the pipeline is in use.
        status: ActiveStatus,
    }
}

resource! {
    /// A stage of a pipeline.
    Stage = "stages" {
        /// The name.
        name: String,
        /// The position within the pipeline, from 0.
        position: i64,
        /// The pipeline.
        pipeline: Reference = ["pipelines"],
        /// Whether the stage is in use.
        status: ActiveStatus,
    }
}

resource! {
    /// Something to be done.
    Task = "tasks" {
        /// The subject.
        subject: String,
        /// The description.
        content: String,
        /// The kind of the task; the label of the option if the column is a choice.
        task_type: String,
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// Whether the task was done.
        status: ActivityStatus,
        /// The priority.
        priority: Priority,
        /// When the task is due.
        due_date: Timestamp,
        /// When the task was done.
        completed_at: Timestamp,
        /// The id of the record in the caller's own system.
        external_id: String,
    } about records, audited
}

resource! {
    /// A note on another record.
    Note = "notes" {
        /// The title.
        title: String,
        /// The text.
        content: String,
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// The name of the attached file.
        file_name: String,
        /// The media type of the attached file.
        file_type: String,
        /// The size of the attached file in bytes.
        file_size: i64,
    } about records, audited
}

resource! {
    /// A call, an email or a meeting.
    Engagement = "engagements" {
        /// The kind.
        engagement_type: EngagementType,
        /// Who began it.
        direction: Direction,
        /// The subject.
        subject: String,
        /// The text.
        content: String,
        /// The user or team that owns the record.
        owner: Reference = ["users"],
        /// Whether it took place.
        status: ActivityStatus,
        /// When it begins or began.
        start_time: Timestamp,
        /// When it ends or ended.
        end_time: Timestamp,
        /// The duration in minutes.
        duration: i64,
        /// The place of a meeting.
        location: String,
        /// The phone number of a call.
        phone_number: String,
        /// The id of the record in the caller's own system.
        external_id: String,
    } about records, audited
}

resource! {
    /// A user of the organisation.
    User = "users" {
        /// The full name.
        name: String,
        /// The first name.
        first_name: String,
        /// The last name.
        last_name: String,
        /// The email address.
        email: String,
        /// The name with which the user signs in.
        username: String,
        /// The job title.
        title: String,
        /// The phone numbers.
        phone_numbers: Vec<PhoneNumber>,
        /// The user that this one reports to.
        manager: Reference = ["users"],
        /// Whether the user may sign in.
        active: bool,
        /// When the record was created.
        created_at: Timestamp,
        /// When the record was changed last.
        updated_at: Timestamp,
    }
}
