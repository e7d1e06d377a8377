-- a closing variable
-- expect: error variable 'x' got a non-closable value
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x <close> = {}
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
