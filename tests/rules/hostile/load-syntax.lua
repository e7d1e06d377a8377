-- no Lua
-- expect: fault load-syntax.lua:3:
rule "x" {
