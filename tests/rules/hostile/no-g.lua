-- _G does not exist
-- expect: fault unknown name '_G'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = _G
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
