//! Offers the tools and resources over the Model Context Protocol. Only this file and `http.rs` know the protocol.

use std::io;
use std::sync::Arc;

use dvkit_diagnostic::suggest;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{ErrorData, ServerHandler, ServiceExt};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::budget::{MIN_BUDGET, ToolAnswer};
use crate::resources;
use crate::tools::{TOOLS, Toolbox};

/// The maximum size of one message of a client, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// What a client tells its model about the server.
const INSTRUCTIONS: &str = "dvkit knows the metadata of Microsoft Dataverse (Dynamics 365) organisations offline: nothing is sent \
to an organisation. Before you write an OData or FetchXML query, look names up with `find` and `describe`; never guess the \
name of a column, a lookup, a navigation property or the number of an option. `check` every query that you write, and use \
`rewritten` instead of it. `run` tries a query on sample rows. `explain` says how one name is written in filters, expands, \
JSON and FetchXML. Answers fit into `budget`; `truncated` says that something was left out, and `rest` how to get it.";

/// The server: the tools and resources of a [`Toolbox`], for one client or for several.
///
/// ```
/// use dvkit_ide::{Schemas, Settings, Workspace};
/// use dvkit_mcp::{Server, Toolbox};
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
/// let server = Server::new(Toolbox::new(workspace));
/// // A client that has nothing to say ends the server.
/// server.serve(tokio::io::empty(), tokio::io::sink()).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    tools: Arc<Toolbox>,
}

impl Server {
    /// Returns a server that offers these tools.
    #[must_use]
    pub fn new(tools: Toolbox) -> Self {
        Self { tools: Arc::new(tools) }
    }

    /// Serves one client on the standard input and output of the process, until the input ends.
    ///
    /// # Errors
    /// Returns an error if the input or the output fails, or if the client breaks the protocol at its beginning.
    pub async fn serve_stdio(self) -> io::Result<()> {
        let (input, output) = rmcp::transport::io::stdio();
        self.serve(input, output).await
    }

    /// Serves one client on these streams, until the input ends. Each message is one line. A line with more than
    /// [`MAX_MESSAGE_BYTES`] is answered with an error.
    ///
    /// # Errors
    /// Returns an error if a stream fails, or if the client breaks the protocol at its beginning.
    pub async fn serve<R, W>(self, input: R, output: W) -> io::Result<()>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let transport = AsyncRwTransport::new_server(input, output).with_max_line_length(MAX_MESSAGE_BYTES);
        let running = match ServiceExt::serve(self, transport).await {
            Ok(running) => running,
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(io::Error::other(error)),
        };
        running.waiting().await.map(drop).map_err(io::Error::other)
    }

    /// Runs `work` on a thread where it may take its time, so that other requests are answered meanwhile.
    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Toolbox) -> T + Send + 'static,
    ) -> Result<T, ErrorData> {
        let tools = Arc::clone(&self.tools);
        let done = tokio::task::spawn_blocking(move || work(&tools)).await;
        done.map_err(|_| {
            ErrorData::internal_error("dvkit has failed at this request; please report it", None)
        })
    }
}

/// Returns the declaration of a tool for clients.
fn declaration(tool: &crate::tools::Tool) -> Tool {
    let annotations =
        ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false);
    Tool::new(tool.name, tool.description, crate::arguments::input_schema(tool.parameters))
        .with_title(tool.title)
        .with_raw_output_schema(Arc::new(tool.output_schema()))
        .with_annotations(annotations)
}

/// Returns the result of a call for clients.
fn result(answer: ToolAnswer) -> CallToolResult {
    let content = vec![ContentBlock::text(answer.text)];
    let mut result =
        if answer.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
    result.structured_content = answer.structured;
    result
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new("dvkit", env!("CARGO_PKG_VERSION")).with_title("dvkit for Dataverse"),
            )
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(declaration).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        TOOLS.iter().find(|tool| tool.name == name).map(declaration)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        let name = request.name.to_string();
        let called = name.clone();
        let answer = self.on_thread(move |tools| tools.call(&called, arguments)).await?;
        let answer = answer.unwrap_or_else(|| {
            let near = suggest::closest(&name, Toolbox::names());
            let near = near.map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
            let all: Vec<&str> = Toolbox::names().collect();
            ToolAnswer::error(
                &format!("there is no tool `{name}`{near} Tools: {}", all.join(", ")),
                4 * MIN_BUDGET,
            )
        });
        Ok(result(answer).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let (tables, next) = self
            .on_thread(move |tools| tools.with(|tools| resources::list(tools, cursor.as_deref())))
            .await?
            .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
        let resource = |table: resources::TableResource| {
            Resource::new(table.uri, table.name).with_title(table.title).with_mime_type("text/plain")
        };
        let mut result = ListResourcesResult::with_all_items(tables.into_iter().map(resource).collect());
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(resources::TEMPLATE, "table")
            .with_title("Table of an organisation")
            .with_description("Columns, types, options and navigation properties of a table")
            .with_mime_type("text/plain");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let asked = uri.clone();
        let answer = self
            .on_thread(move |tools| tools.with(|tools| resources::read(tools, &asked)))
            .await?
            .map_err(|error| ErrorData::resource_not_found(error.to_string(), None))?;
        let contents = ResourceContents::text(answer.text, uri).with_mime_type("text/plain");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}
