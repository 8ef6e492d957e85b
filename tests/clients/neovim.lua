-- Drives `dvkit lsp` with Neovim, headless: `nvim --headless -u NONE -l` is newer than some distributions have, so that it
-- is run with `-c 'luafile …'`. Works with Neovim 0.7 and later. The last line has the counts.

local dvkit = assert(os.getenv('DVKIT'), 'DVKIT names the program')
local passed, failed = 0, 0

local function check(name, condition, found)
  if condition then
    passed = passed + 1
  else
    failed = failed + 1
    io.stderr:write(('FAILED %s: %s\n'):format(name, vim.inspect(found)))
  end
end

local folder = vim.fn.tempname()
vim.fn.mkdir(folder, 'p')

-- Waits until the client is attached and ready.
local function open(name, filetype, lines)
  vim.cmd('edit ' .. folder .. '/' .. name)
  local buffer = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].filetype = filetype
  return buffer
end

local client_id
local function attach(buffer)
  client_id = client_id or vim.lsp.start_client({
    name = 'dvkit',
    cmd = { dvkit, 'lsp' },
    root_dir = folder,
    get_language_id = function(_, filetype) return filetype == 'cs' and 'csharp' or filetype end,
  })
  vim.lsp.buf_attach_client(buffer, client_id)
  local ready = vim.wait(20000, function()
    local client = vim.lsp.get_client_by_id(client_id)
    return client ~= nil and client.initialized == true and vim.lsp.buf_is_attached(buffer, client_id)
  end, 20)
  assert(ready, 'the server starts')
  return vim.lsp.get_client_by_id(client_id)
end

local function ask(client, buffer, method, params)
  params.textDocument = { uri = vim.uri_from_bufnr(buffer) }
  local response = client.request_sync(method, params, 20000, buffer)
  check(method .. ' answers', response ~= nil and response.err == nil, response)
  return response and response.result
end

local function has_label(list, label)
  for _, item in ipairs((list or {}).items or {}) do
    if item.label == label then return item end
  end
end

local function codes(buffer)
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    found[tostring(diagnostic.code or (diagnostic.user_data or {}).lsp and diagnostic.user_data.lsp.code)] = diagnostic
  end
  return found
end

-- Findings come, go with their fix, and the fix is an action.
local buffer = open('a.odata', 'odata', { '# 😀', "contacts?$select=fullnme&$filter=lastname eq '😀é'&$top=1" })
local client = attach(buffer)
vim.wait(20000, function() return next(vim.diagnostic.get(buffer)) ~= nil end, 20)
local finding = codes(buffer).DV0203
check('a finding is shown', finding ~= nil and finding.lnum == 1 and finding.col == 17, vim.diagnostic.get(buffer))
local actions = ask(client, buffer, 'textDocument/codeAction', {
  range = { start = { line = 1, character = 18 }, ['end'] = { line = 1, character = 18 } },
  context = { diagnostics = {}, only = { 'source.fixAll' } },
})
check('all fixes are an action', actions and #actions == 1, actions)
vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
local text = vim.api.nvim_buf_get_lines(buffer, 1, 2, false)[1]
check('the fix is applied', text == "contacts?$select=fullname&$filter=lastname eq '😀é'&$top=1", text)
local gone = vim.wait(20000, function() return codes(buffer).DV0203 == nil end, 20)
check('the finding goes', gone, vim.diagnostic.get(buffer))

-- A query is typed letter by letter; completion and hover answer at each letter.
local query = 'contacts?$select=fullname&$filter=statecode eq '
vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { '' })
for n = 1, #query do
  vim.api.nvim_buf_set_text(buffer, 0, n - 1, 0, n - 1, { query:sub(n, n) })
  local position = { line = 0, character = n }
  ask(client, buffer, 'textDocument/completion', { position = position })
  ask(client, buffer, 'textDocument/hover', { position = position })
end
local list = ask(client, buffer, 'textDocument/completion', { position = { line = 0, character = #query } })
check('an option is offered by its label', has_label(list, '0 Active'), list)
local hover = ask(client, buffer, 'textDocument/hover', { position = { line = 0, character = 20 } })
check('a column is explained', hover and vim.inspect(hover):find('Full Name'), hover)

-- FetchXML: an alias is renamed, and the outline has the table.
local fetch = open('a.fetchxml', 'fetchxml', {
  '<fetch>',
  "  <entity name='contact'>",
  "    <link-entity name='account' from='accountid' to='parentcustomerid' alias='acc' />",
  "    <filter><condition entityname='acc' attribute='name' operator='eq' value='x' /></filter>",
  '  </entity>',
  '</fetch>',
})
client = attach(fetch)
local position = { line = 3, character = 35 }
local edit = ask(client, fetch, 'textDocument/rename', { position = position, newName = 'company' })
vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
local lines = table.concat(vim.api.nvim_buf_get_lines(fetch, 0, -1, false), '\n')
check('the alias is renamed everywhere', select(2, lines:gsub("'company'", '')) == 2, lines)
local outline = ask(client, fetch, 'textDocument/documentSymbol', {})
check('the outline has the table', outline and outline[1] and outline[1].name == 'contact', outline)

-- A program.
local program = open('a.cs', 'cs', { 'class A { string q = "contacts?$select=fullnme&$top=1"; }' })
client = attach(program)
vim.wait(20000, function() return codes(program).DV0203 ~= nil end, 20)
check('a query in a program is checked', codes(program).DV0203 ~= nil, vim.diagnostic.get(program))

-- The server ends when it is asked to.
vim.lsp.stop_client(client_id)
local ended = vim.wait(20000, function() return vim.lsp.get_client_by_id(client_id) == nil end, 20)
check('the server ends', ended, client_id)
vim.fn.delete(folder, 'rf')
io.stdout:write(('neovim: %d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and 'qall!' or 'cquit')
