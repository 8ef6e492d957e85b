using System;
using System.Linq;
using Microsoft.Xrm.Sdk;
using Microsoft.Xrm.Sdk.Query;

namespace Contoso.Crm.Plugins
{
    /// <summary>Numbers a new project, and refuses one for an account on credit hold.</summary>
    public sealed class ProjectNumberPlugin : IPlugin
    {
        private const string Prefix = "PRJ-";

        public void Execute(IServiceProvider serviceProvider)
        {
            var context = (IPluginExecutionContext)serviceProvider.GetService(typeof(IPluginExecutionContext));
            var tracing = (ITracingService)serviceProvider.GetService(typeof(ITracingService));
            var factory = (IOrganizationServiceFactory)serviceProvider.GetService(typeof(IOrganizationServiceFactory));
            var service = factory.CreateOrganizationService(context.UserId);

            if (!context.InputParameters.Contains("Target") || !(context.InputParameters["Target"] is Entity target))
            {
                return;
            }
            if (target.LogicalName != "new_project")
            {
                tracing.Trace("ProjectNumberPlugin was registered for {0}; select another table.", target.LogicalName);
                return;
            }

            var account = target.GetAttributeValue<EntityReference>("new_account");
            if (account != null)
            {
                // 1: the column is `creditonhold`
                var row = service.Retrieve("account", account.Id, new ColumnSet("name", "creditonhod"));
                if (row.GetAttributeValue<bool>("creditonhold"))
                {
                    throw new InvalidPluginExecutionException("The account " + row["name"] + " is on credit hold: no new projects.");
                }
            }

            var last = LastProject(service);
            var number = last == null ? 1 : int.Parse(last.GetAttributeValue<string>("new_code").Substring(Prefix.Length)) + 1;
            target["new_code"] = Prefix + number.ToString("D5");
        }

        private static Entity LastProject(IOrganizationService service)
        {
            var query = new QueryExpression("new_project")
            {
                ColumnSet = new ColumnSet("new_code", "createdon"),
                TopCount = 1,
            };
            // 2: the operator is for texts, and this is a choice
            query.Criteria.AddCondition("new_phase", ConditionOperator.BeginsWith, "Plan");
            query.Criteria.AddCondition("new_code", ConditionOperator.BeginsWith, Prefix);
            query.AddOrder("createdon", OrderType.Descending);
            return service.RetrieveMultiple(query).Entities.FirstOrDefault();
        }

        private static EntityCollection OpenProjectsOf(IOrganizationService service, Guid accountId)
        {
            var query = new QueryExpression("new_project");
            query.ColumnSet.AddColumns("new_name", "new_duedate");
            query.Criteria.AddCondition("new_account", ConditionOperator.Equal, accountId);
            // 3: the option On Hold is 100000000
            query.Criteria.AddCondition("statuscode", ConditionOperator.NotEqual, 3);
            var manager = query.AddLink("systemuser", "new_manager", "systemuserid", JoinOperator.LeftOuter);
            manager.EntityAlias = "manager";
            manager.Columns = new ColumnSet("fullname", "internalemailaddress");
            return service.RetrieveMultiple(query);
        }
    }
}
