---@brief
---
--- https://github.com/dvkit/dvkit
---
--- The language server of dvkit, which checks and completes Dataverse queries (OData and FetchXML) in files of queries
--- and in programs. It needs no sign-in: it reads the snapshot that `dvkit.toml` names.
---
--- `settings.dvkit.org` names the organisation, instead of the default one of `dvkit.toml`.

---@type vim.lsp.Config
return {
  cmd = { 'dvkit', 'lsp' },
  filetypes = {
    'odata',
    'fetchxml',
    'cs',
    'typescript',
    'typescriptreact',
    'javascript',
    'javascriptreact',
    'ps1',
    'python',
    'rust',
    'java',
    'vb',
    'razor',
    'yaml',
    'json',
    'xml',
    'html',
    'liquid',
    'markdown',
    'http',
  },
  root_markers = { 'dvkit.toml', '.git' },
  -- The names that the server knows.
  get_language_id = function(_, filetype)
    return ({ cs = 'csharp', ps1 = 'powershell' })[filetype] or filetype
  end,
  on_init = function(client)
    local settings = client.config.settings
    if settings and settings.dvkit then
      client:notify('workspace/didChangeConfiguration', { settings = settings })
    end
  end,
}
