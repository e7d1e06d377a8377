-- a field of a record that lives only here
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local c = units_for(need)[1] or { code = "x" }
    c.code = "y"
    return c.code == "y"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
