vim.bo.commentstring = '<!-- %s -->'
-- The syntax of XML serves for FetchXML.
vim.bo.syntax = 'xml'
