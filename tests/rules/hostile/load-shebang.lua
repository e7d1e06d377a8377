#!/usr/bin/lua
-- a line for the shell
-- expect: fault unexpected symbol
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
