-- a table deep in tables
-- expect: error frozen
local deep = { a = { b = { c = { n = 0 } } } }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    deep.a.b.c.n = deep.a.b.c.n + 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
