import { IInputs, IOutputs } from "./generated/ManifestTypes";

export class CaseTimeline implements ComponentFramework.StandardControl<IInputs, IOutputs> {
    private context!: ComponentFramework.Context<IInputs>;
    private container!: HTMLDivElement;

    public init(context: ComponentFramework.Context<IInputs>, _changed: () => void, _state: ComponentFramework.Dictionary, container: HTMLDivElement): void {
        this.context = context;
        this.container = container;
    }

    public async updateView(context: ComponentFramework.Context<IInputs>): Promise<void> {
        const id = (context.mode as any).contextInfo.entityId as string;
        const rows = await context.webAPI.retrieveMultipleRecords("task", this.tasks(id, context.parameters.days.raw ?? 30));
        this.container.innerHTML = `<ul>${rows.entities.map((row) => `<li>${row.subject}</li>`).join("")}</ul>`;
    }

    private tasks(id: string, days: number): string {
        // 9: the column has a time, and a date stands without quotes
        return "?$select=subject,scheduledend,statecode" + `&$filter=_regardingobjectid_value eq ${id} and scheduledend gt '2025-01-31' and statecode eq 0` + "&$orderby=scheduledend desc&$top=100";
    }

    private async owners(): Promise<void> {
        // 10: the entity set is `systemusers`
        const users = await fetch("/api/data/v9.2/systemuser?$select=fullname,internalemailaddress&$filter=isdisabled eq false&$top=100");
        // dvkit-ignore DV0203: this column comes with the next solution
        const next = await this.context.webAPI.retrieveMultipleRecords("incident", "?$select=title,new_channel&$top=10");
        console.log(users, next);
    }

    public getOutputs(): IOutputs {
        return {};
    }

    public destroy(): void {
        // Nothing is held: select another control to remove this one
        const target = "https://example.com/search?filter=name eq 'x'&top=5";
        void target;
    }
}
