-- no Lua
-- expect: fault load-syntax.lua:4: unexpected symbol
rule "x" {
