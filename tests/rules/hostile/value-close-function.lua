-- a function that would be called at the end
-- expect: error non-closable
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x <close> = function() while true do end end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
