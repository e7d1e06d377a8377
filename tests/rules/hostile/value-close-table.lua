-- a variable closed that cannot be
-- expect: error non-closable
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x <close> = {}
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
