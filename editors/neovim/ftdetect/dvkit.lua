-- Files of queries.
if vim.filetype then
  vim.filetype.add({ extension = { odata = 'odata', fetchxml = 'fetchxml' } })
else
  vim.cmd([[autocmd BufRead,BufNewFile *.odata setfiletype odata]])
  vim.cmd([[autocmd BufRead,BufNewFile *.fetchxml setfiletype fetchxml]])
end
