-- pcall does not exist
-- expect: fault unknown name 'pcall'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = pcall(function() end)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
